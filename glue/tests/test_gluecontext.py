"""On Glue the job initialises the GlueContext; elsewhere it does without."""

import sys
import types

from ndjson_batch import engine


def test_the_glue_context_is_initialised_where_there_is_one(monkeypatch):
    contexts = []
    module = types.ModuleType("awsglue.context")
    module.GlueContext = contexts.append
    monkeypatch.setitem(sys.modules, "awsglue", types.ModuleType("awsglue"))
    monkeypatch.setitem(sys.modules, "awsglue.context", module)
    engine._report_to_glue("spark")
    assert contexts == ["spark"]


def test_there_is_none_elsewhere(monkeypatch):
    monkeypatch.setitem(sys.modules, "awsglue", None)
    engine._report_to_glue("spark")
