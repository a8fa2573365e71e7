"""Serves moto so that it runs state machines whose Lambda tasks are real functions.

usage: moto_launcher.py PORT

Moto's own Lambda needs Docker. Here a task's invocation is forwarded: POST $INVOKE_URL/<function name>, payload in, payload
out; X-Amz-Function-Error is set where the function failed, as in Lambda's Invoke.
"""

import inspect
import json
import os
import sys
import textwrap
import urllib.request

PORT = int(sys.argv[1])
os.environ["MOTO_PORT"] = str(PORT)  # state machines call the other services through it

from moto.core.config import default_user_config  # noqa: E402
from moto.moto_server.threaded_moto_server import ThreadedMotoServer  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback  # noqa: E402


def invoke(parameters, region, state_credentials):
    """Stands in for the call of Lambda's Invoke in moto's lambda:invoke task."""
    name = parameters["FunctionName"].rsplit(":", 1)[-1]
    request = urllib.request.Request(f"{os.environ['INVOKE_URL']}/{name}", data=parameters["Payload"], method="POST")
    with urllib.request.urlopen(request) as answer:
        response = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": json.loads(answer.read())}
        if error := answer.headers["X-Amz-Function-Error"]:
            response["FunctionError"] = error
        return response


def guard_sync_tasks():
    """A .sync task has no callback endpoint; without a guard moto fails each of them when it ends."""
    callback = state_task_service_callback.StateTaskServiceCallback
    source = textwrap.dedent(inspect.getsource(callback._eval_integration_pattern))
    unguarded = "    callback_endpoint.interrupt_all()"
    if source.count(unguarded) != 1:
        sys.exit("moto has changed where .sync tasks end: see whether guard_sync_tasks is still needed")
    scope = {}
    exec(source.replace(unguarded, "    if callback_endpoint: callback_endpoint.interrupt_all()"), vars(state_task_service_callback), scope)
    callback._eval_integration_pattern = scope["_eval_integration_pattern"]


def main():
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    lambda_eval_utils._invoke_lambda_function = invoke
    guard_sync_tasks()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=PORT, verbose=False)
    server.start()
    server._thread.join()


main()
