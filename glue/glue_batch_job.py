"""The Glue job: converts the NDJSON files of one manifest to Parquet and commits them, as docs/FORMATS.md specifies.

On Glue 5 the package ndjson_batch comes with --extra-py-files (terraform/package builds the file). Elsewhere it is in the
folder of this script:

    spark-submit glue/glue_batch_job.py --MANIFEST_PATH data/manifests/2025-01-17/batch-0001-20250117-143100.json \\
        --MANIFEST_BUCKET data/manifests --OUTPUT_BUCKET data/output --QUARANTINE_BUCKET data/quarantine

A place is a bucket's name, an s3:// address, a file:// address, or a path with a slash in it. The commit record is the
last line of standard output.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from ndjson_batch.batch import CODEC_WORDS
from ndjson_batch.chunks import Limits
from ndjson_batch.job import Job, Settings
from ndjson_batch.stores import BUCKET_OWNER, open_store

MAX_DEPTH_LIMIT = 400  # Python's own recursion limit is not far above


def parse_arguments(argv: list[str]) -> Settings:
    """Parse the job's arguments; those that Glue adds are ignored."""
    defaults = Limits()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.allow_abbrev = False
    parser.add_argument("--MANIFEST_PATH", required=True, help="address of the manifest, or its key in MANIFEST_BUCKET")
    parser.add_argument("--MANIFEST_BUCKET", required=True, help="place of the manifests and the schema log")
    parser.add_argument("--OUTPUT_BUCKET", required=True, help="place of the output")
    parser.add_argument("--COMPRESSION_TYPE", default="snappy", type=str.lower, choices=sorted(CODEC_WORDS))
    parser.add_argument("--OUTPUT_PREFIX", default="", help="prefix below OUTPUT_BUCKET")
    parser.add_argument("--QUARANTINE_BUCKET", default="", help="place of rejected records (default: the output's)")
    parser.add_argument("--QUARANTINE_PREFIX", default="", help="prefix below QUARANTINE_BUCKET")
    parser.add_argument("--MAX_RECORD_BYTES", type=int, default=defaults.max_record_bytes)
    parser.add_argument("--MAX_DEPTH", type=int, default=defaults.max_depth)
    parser.add_argument("--MAX_COLUMNS", type=int, default=defaults.max_columns)
    parser.add_argument("--MAX_REJECTED_PERCENT", type=float, default=defaults.max_rejected_percent)
    parser.add_argument("--BUCKET_OWNER", default="", help="account that owns the buckets, which every request names")
    args, _ = parser.parse_known_args(argv)
    if args.BUCKET_OWNER:
        os.environ[BUCKET_OWNER] = args.BUCKET_OWNER
    if not 1 <= args.MAX_DEPTH <= MAX_DEPTH_LIMIT:
        parser.error(f"--MAX_DEPTH {args.MAX_DEPTH}: expected 1 to {MAX_DEPTH_LIMIT}")
    path = args.MANIFEST_PATH
    if not path.startswith(("s3://", "file:", "/")):
        path = open_store(args.MANIFEST_BUCKET).uri(path)
    output = open_store(args.OUTPUT_BUCKET, args.OUTPUT_PREFIX)
    quarantine = open_store(args.QUARANTINE_BUCKET, args.QUARANTINE_PREFIX) if args.QUARANTINE_BUCKET else output
    return Settings(
        manifest_path=path,
        output=output,
        quarantine=quarantine,
        codec=args.COMPRESSION_TYPE,
        limits=Limits(args.MAX_RECORD_BYTES, args.MAX_DEPTH, args.MAX_COLUMNS, args.MAX_REJECTED_PERCENT),
    )


def main() -> None:
    settings = parse_arguments(sys.argv[1:])
    from ndjson_batch.engine import start_spark

    print(json.dumps(Job(start_spark(), settings).run()))


if __name__ == "__main__":
    main()
