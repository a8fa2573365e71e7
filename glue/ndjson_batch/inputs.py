"""Reading an input at exactly the version that the manifest pins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Iterator

from .errors import Changed, InputError, Missing
from .lines import compression_of
from .stores import BLOCK, local_path, s3_client


@dataclass(frozen=True)
class Input:
    """One file of a manifest."""

    uri: str
    file_key: str
    etag: str
    version_id: str
    size: int  # bytes, as stored
    released: bool  # from quarantine: its rejected records are accepted


@dataclass(frozen=True)
class Pinned:
    """An input that was found at its version."""

    size: int  # bytes, as stored
    compression: str


def pin(file: Input) -> Pinned:
    """Find the input at its version and see how it is compressed. Raises InputError."""
    first, size = _open(file).first_bytes()
    if size != file.size:
        raise Changed(f"{file.uri} has {size} bytes, the manifest says {file.size}")
    return Pinned(size, compression_of(first, file.uri))


def blocks(file: Input, position: int) -> Iterator[bytes]:
    """Yield the input's bytes from position on. Raises InputError."""
    return _open(file).blocks(position)


def _open(file: Input):
    return _S3Object(file) if file.uri.startswith("s3://") else _LocalFile(file)


class _LocalFile:
    """A file whose ETag is its size and modification time, as the Go package dirstore makes it."""

    def __init__(self, file: Input):
        self._file = file

    def _opened(self):
        try:
            f = open(local_path(self._file.uri), "rb", buffering=0)
        except (FileNotFoundError, NotADirectoryError):
            raise Missing(f"{self._file.uri} is gone") from None
        except OSError as e:
            raise InputError(f"{self._file.uri} cannot be read: {e}") from None
        return f

    def _check(self, f) -> int:
        stat = os.fstat(f.fileno())
        if f"{stat.st_size:x}-{stat.st_mtime_ns:x}" != self._file.etag:
            raise Changed(f"{self._file.uri} is no longer the version {self._file.etag}")
        return stat.st_size

    def first_bytes(self) -> tuple[bytes, int]:
        with self._opened() as f:
            first = f.read(4)
            return first, self._check(f)

    def blocks(self, position: int) -> Iterator[bytes]:
        with self._opened() as f:
            f.seek(position)
            while True:
                block = f.read(BLOCK)
                self._check(f)  # after the read, so that bytes of a changed file are not used
                if not block:
                    return
                yield block


class _S3Object:
    """An object version: by VersionId, else by If-Match on the ETag."""

    def __init__(self, file: Input):
        bucket, _, key = file.uri.removeprefix("s3://").partition("/")
        self._file = file
        self._request = {"Bucket": bucket, "Key": key}
        if file.version_id:
            self._request["VersionId"] = file.version_id
        else:
            self._request["IfMatch"] = f'"{file.etag}"'

    def _call(self, method: str, **more) -> dict:
        from botocore.exceptions import ClientError

        try:
            return getattr(s3_client(), method)(**self._request, **more)
        except ClientError as e:
            status = e.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == 404:
                raise Missing(f"{self._file.uri} is gone") from None
            if status == 412:
                raise Changed(f"{self._file.uri} is no longer the version {self._file.etag}") from None
            raise

    def first_bytes(self) -> tuple[bytes, int]:
        size = self._call("head_object")["ContentLength"]
        return (self._call("get_object", Range="bytes=0-3")["Body"].read() if size else b""), size

    def blocks(self, position: int) -> Iterator[bytes]:
        while position < self._file.size:
            last = min(position + BLOCK, self._file.size) - 1
            block = self._call("get_object", Range=f"bytes={position}-{last}")["Body"].read()
            if not block:
                raise InputError(f"{self._file.uri} ends at byte {position}")
            position += len(block)
            yield block
