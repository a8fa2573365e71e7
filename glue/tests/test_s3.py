"""The job on S3, against moto on the loopback interface."""

import json

import pyarrow.parquet as pq
import pytest

from conftest import BATCH
from glue_batch_job import parse_arguments
from ndjson_batch import stores
from ndjson_batch.inputs import Input, blocks, pin
from ndjson_batch.errors import Changed, Missing
from ndjson_batch.job import Job
from ndjson_batch.stores import open_store

MANIFEST = f"manifests/{BATCH[:10]}/batch-{BATCH[11:]}.json"


@pytest.fixture(scope="module")
def server():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(server, monkeypatch, spark):
    """A client with fresh buckets: in (versioned), man, out and bad."""
    settings = {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
        spark.environment[name] = value  # what the executors get
    stores.s3_client.cache_clear()
    client = stores.s3_client()
    for bucket in ("in", "man", "out", "bad"):
        client.create_bucket(Bucket=f"{bucket}-bucket")
    client.put_bucket_versioning(Bucket="in-bucket", VersioningConfiguration={"Status": "Enabled"})
    yield client
    for bucket in ("in", "man", "out", "bad"):
        name = f"{bucket}-bucket"
        left = client.list_object_versions(Bucket=name)
        for v in left.get("Versions", []) + left.get("DeleteMarkers", []):
            client.delete_object(Bucket=name, Key=v["Key"], VersionId=v["VersionId"])
        client.delete_bucket(Bucket=name)
    stores.s3_client.cache_clear()


def put(s3, key: str, content: str, with_version: bool = False) -> dict:
    answer = s3.put_object(Bucket="in-bucket", Key=key, Body=content.encode())
    return {
        "uri": f"s3://in-bucket/{key}",
        "file_key": key,
        "etag": answer["ETag"].strip('"'),
        "version_id": answer["VersionId"] if with_version else "",
        "size_bytes": len(content.encode()),
    }


def write_manifest(s3, files: list[dict]) -> None:
    batch = {"id": BATCH, "date_prefix": BATCH[:10], "created_at": "2025-01-17T14:31:00Z", "schema_version": 0, "files": files}
    content = {"fileLocations": [{"URIPrefixes": [f["uri"] for f in files]}], "batch": batch}
    s3.put_object(Bucket="man-bucket", Key=MANIFEST, Body=json.dumps(content).encode())


def run(spark) -> dict:
    arguments = f"--MANIFEST_PATH s3://man-bucket/{MANIFEST} --MANIFEST_BUCKET man-bucket --OUTPUT_BUCKET out-bucket"
    return Job(spark, parse_arguments([*arguments.split(), "--QUARANTINE_BUCKET", "bad-bucket"])).run()


def keys(s3, bucket: str) -> list[str]:
    return [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_batch_on_s3(s3, spark, tmp_path):
    files = [
        put(s3, "in/2025-01-17 a+%20é.ndjson", '{"id":1}\nx\n'),
        put(s3, "in/2025-01-17-b.ndjson", '{"id":2}\n', with_version=True),
        put(s3, "in/2025-01-17-c.ndjson", '{"id":3}\n'),
        put(s3, "in/2025-01-17-d.ndjson", '{"id":4}\n'),
        put(s3, "in/2025-01-17-e.ndjson", ""),
    ]
    write_manifest(s3, files)
    put(s3, "in/2025-01-17-b.ndjson", '{"id":"overwritten"}\n')  # its version is still there
    put(s3, "in/2025-01-17-c.ndjson", '{"id":"overwritten"}\n')  # only the ETag tells
    s3.delete_object(Bucket="in-bucket", Key="in/2025-01-17-d.ndjson")
    commit = run(spark)
    assert [(i["status"], i["reason"]) for i in commit["inputs"]] == [
        ("completed", ""), ("completed", ""), ("failed", "conflict"), ("failed", "missing"), ("completed", ""),
    ]  # fmt: skip
    [output] = commit["outputs"]
    assert keys(s3, "out-bucket") == [f"merged-parquet-{BATCH[:10]}/_commits/{BATCH[11:]}.json", output["key"]]
    assert keys(s3, "man-bucket") == [MANIFEST, "manifests/_schema/00000001.json"]
    assert keys(s3, "bad-bucket") == [commit["rejected_key"]]
    s3.download_file("out-bucket", output["key"], str(tmp_path / "part.parquet"))
    table = pq.read_table(tmp_path / "part.parquet").to_pylist()
    assert [(r["id"], r["_source_file"]) for r in table] == [(1, files[0]["uri"]), (2, files[1]["uri"])]
    assert run(spark) == commit


def test_create_is_once(s3):
    store = open_store("out-bucket", "p")
    assert store.create("k", b"one") and store.create("k", b"one") and not store.create("k", b"two")
    assert store.read("k") == b"one" and store.read("missing") is None
    store.copy("k", "l/m")
    assert store.list("") == [("k", 3), ("l/m", 3)]
    store.delete(["k", "l/m", "never there"])
    assert store.list("") == []


def test_reads_are_of_the_pinned_version(s3):
    def input_of(file: dict) -> Input:
        return Input(file["uri"], file["file_key"], file["etag"], file["version_id"], file["size_bytes"], False)

    by_etag, by_version = put(s3, "a", "first"), put(s3, "b", "first", with_version=True)
    put(s3, "a", "second")
    put(s3, "b", "second")
    with pytest.raises(Changed):
        pin(input_of(by_etag))
    with pytest.raises(Changed):
        list(blocks(input_of(by_etag), 0))
    assert pin(input_of(by_version)).size == 5 and b"".join(blocks(input_of(by_version), 2)) == b"rst"
    s3.delete_object(Bucket="in-bucket", Key="b", VersionId=by_version["version_id"])
    with pytest.raises(Missing):
        pin(input_of(by_version))
    with pytest.raises(Missing):
        list(blocks(input_of(put(s3, "c", "x") | {"uri": "s3://in-bucket/gone"}), 0))
