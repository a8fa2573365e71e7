"""Object stores: a directory or an S3 bucket, with the operations that a batch needs."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import urllib.parse
import uuid
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Callable, Iterator, Protocol

BLOCK = 8 << 20  # bytes of one read

# The environment variable with the account that owns the buckets. S3 refuses a request when another account owns a bucket of
# that name. start_spark passes the variable on to the executors.
BUCKET_OWNER = "BUCKET_OWNER"


class Store(Protocol):
    """Objects below one place. Keys have '/' between their elements. Writes are atomic: no reader sees part of an object."""

    def uri(self, key: str) -> str:
        """The object's address, as commit records and messages give it."""

    def read(self, key: str) -> bytes | None:
        """The object's content, None if there is none."""

    def blocks(self, key: str) -> Iterator[bytes]:
        """The object's content in parts."""

    def put(self, key: str, content: BinaryIO) -> None:
        """Store all of content, and replace what the key held."""

    def create(self, key: str, content: bytes) -> bool:
        """Store content if the key holds nothing. False if it holds other bytes; the same bytes count as this write."""

    def list(self, prefix: str) -> list[tuple[str, int]]:
        """Keys that begin with prefix, and their sizes in bytes, in ascending order."""

    def delete(self, keys: list[str]) -> None:
        """Remove objects; those that do not exist count as removed."""

    def copy(self, source: str, target: str) -> None:
        """Store what source holds as target as well, replacing it."""


def open_store(location: str, prefix: str = "") -> Store:
    """Open the store at a location: s3://bucket/prefix, a bucket's name, file:///path, or a path (which has a slash)."""
    if location.startswith("s3://") or not (location.startswith("file:") or "/" in location or location in (".", "..")):
        bucket, _, below = location.removeprefix("s3://").partition("/")
        return S3Store(bucket, _folder(below) + _folder(prefix))
    return DirectoryStore(local_path(location) / prefix)


def local_path(address: str) -> Path:
    """Return the path that a file URL or a plain path stands for."""
    if address.startswith("file:"):
        return Path(urllib.parse.unquote(urllib.parse.urlsplit(address).path))
    return Path(address).absolute()


def _folder(prefix: str) -> str:
    return prefix.strip("/") + "/" if prefix.strip("/") else ""


class DirectoryStore:
    """Files below a directory."""

    def __init__(self, root: Path):
        self.root = root

    def uri(self, key: str) -> str:
        # The characters that Go's url.URL does not escape, so that both engines write the same address.
        return "file://" + urllib.parse.quote(str(self.root / key), safe="/$&+,:;=@~")

    def read(self, key: str) -> bytes | None:
        try:
            return (self.root / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def blocks(self, key: str) -> Iterator[bytes]:
        with open(self.root / key, "rb") as f:
            while block := f.read(BLOCK):
                yield block

    def put(self, key: str, content: BinaryIO) -> None:
        temp = self._write(content)
        self._appear(key, lambda path: os.replace(temp, path))

    def create(self, key: str, content: bytes) -> bool:
        temp = self._write(io.BytesIO(content))
        try:
            self._appear(key, lambda path: os.link(temp, path))  # fails if the name is taken
        except FileExistsError:
            return self.read(key) == content
        finally:
            os.unlink(temp)
        return True

    def list(self, prefix: str) -> list[tuple[str, int]]:
        folder = self.root / prefix.rpartition("/")[0]
        found = []
        for path in folder.rglob("*") if folder.is_dir() else ():
            key = path.relative_to(self.root).as_posix()
            if key.startswith(prefix) and path.is_file():
                found.append((key, path.stat().st_size))
        return sorted(found)

    def delete(self, keys: list[str]) -> None:
        for key in keys:
            path = self.root / key
            path.unlink(missing_ok=True)
            for parent in path.relative_to(self.root).parents[:-1]:
                try:
                    (self.root / parent).rmdir()  # an empty folder is no object
                except OSError:
                    break

    def copy(self, source: str, target: str) -> None:
        with open(self.root / source, "rb") as f:
            self.put(target, f)

    def _write(self, content: BinaryIO) -> Path:
        """Write a temporary file, in the folder that the Go store uses and its listings leave out."""
        folder = self.root / ".ndjson-parquet-tmp"
        folder.mkdir(parents=True, exist_ok=True)
        temp = folder / uuid.uuid4().hex
        with open(temp, "xb") as f:
            shutil.copyfileobj(content, f, BLOCK)
            f.flush()
            os.fsync(f.fileno())
        return temp

    def _appear(self, key: str, give_name: Callable[[Path], None]) -> None:
        """Give a temporary file its name, durably."""
        path = self.root / key
        while True:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                give_name(path)
                break
            except FileNotFoundError:
                if path.parent.is_dir():
                    raise
                # Another run has just removed the empty folder.
        self._sync_folder(key)

    def _sync_folder(self, key: str) -> None:
        fd = os.open((self.root / key).parent, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


class S3Store:
    """Objects below a prefix of a bucket."""

    def __init__(self, bucket: str, prefix: str):
        self.bucket = bucket
        self.prefix = prefix

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{key}"

    def _object(self, key: str) -> dict:
        return {"Bucket": self.bucket, "Key": self.prefix + key}

    def read(self, key: str) -> bytes | None:
        client = s3_client()
        try:
            return client.get_object(**self._object(key))["Body"].read()
        except client.exceptions.NoSuchKey:
            return None

    def blocks(self, key: str) -> Iterator[bytes]:
        body = s3_client().get_object(**self._object(key))["Body"]
        while block := body.read(BLOCK):
            yield block

    def put(self, key: str, content: BinaryIO) -> None:
        s3_client().upload_fileobj(content, self.bucket, self.prefix + key)

    def create(self, key: str, content: bytes) -> bool:
        from botocore.exceptions import ClientError

        try:
            s3_client(if_absent=True).put_object(**self._object(key), Body=content)
        except ClientError as e:
            # 409: another write of this key is in progress. If it succeeds, the key has content; otherwise this one fails.
            if e.response["ResponseMetadata"]["HTTPStatusCode"] not in (409, 412):
                raise
            return self.read(key) == content
        return True

    def list(self, prefix: str) -> list[tuple[str, int]]:
        pages = s3_client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
        return [(o["Key"][len(self.prefix) :], o["Size"]) for page in pages for o in page.get("Contents", ())]

    def delete(self, keys: list[str]) -> None:
        for i in range(0, len(keys), 1000):
            objects = [{"Key": self.prefix + key} for key in keys[i : i + 1000]]
            answer = s3_client().delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
            if answer.get("Errors"):
                raise OSError(f"delete in s3://{self.bucket}: {answer['Errors'][0]}")

    def copy(self, source: str, target: str) -> None:
        s3_client().copy(self._object(source), self.bucket, self.prefix + target)


@lru_cache
def s3_client(if_absent: bool = False):
    """Return this process's S3 client. With if_absent, its puts fail where the key is taken."""
    import boto3
    from botocore.config import Config

    client = boto3.client("s3", config=Config(retries={"mode": "standard", "max_attempts": 10}))
    if os.environ.get(BUCKET_OWNER):
        client.meta.events.register("before-call.s3", _add_owner)
    if if_absent:
        # As a header, because Glue's boto3 is older than the parameter.
        client.meta.events.register("before-call.s3.PutObject", _add_if_none_match)
    return client


def _add_owner(params: dict, **_) -> None:
    params["headers"]["x-amz-expected-bucket-owner"] = os.environ[BUCKET_OWNER]
    if "x-amz-copy-source" in {name.lower() for name in params["headers"]}:
        params["headers"]["x-amz-source-expected-bucket-owner"] = os.environ[BUCKET_OWNER]


def _add_if_none_match(params: dict, **_) -> None:
    params["headers"]["If-None-Match"] = "*"


def spool() -> BinaryIO:
    """Return a temporary file that stays in memory while it is small."""
    return tempfile.SpooledTemporaryFile(max_size=BLOCK)
