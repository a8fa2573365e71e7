"""Serves moto so that it runs state machines whose Lambda tasks and Glue jobs are real, until standard input ends.

usage: moto_launcher.py PORT FRONT_URL

Moto's state machines call other services through the front, each with its own account. Moto's Glue does not run jobs.
Here each run is forwarded as POST FRONT_URL/job-runs/<account>/<job>, with the run's arguments as JSON; the answer
{"error": ""} comes when the run has ended.
"""

import functools
import inspect
import json
import logging
import os
import sys
import textwrap
import threading
import urllib.request

PORT, FRONT = int(sys.argv[1]), sys.argv[2]
os.environ["MOTO_PORT"] = str(PORT)

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from moto.core import utils  # noqa: E402
from moto.core.config import default_user_config  # noqa: E402
from moto.stepfunctions.parser.asl.utils import boto_client  # noqa: E402


@functools.cache
def client_of(account, region, service):
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=900)
    return boto3.client(
        service,
        region,
        endpoint_url=FRONT,
        aws_access_key_id="STATES" + account,
        aws_secret_access_key="secret",
        config=config,
    )


def client_of_execution(region, service, state_credentials):
    """Replaces moto's own function, which calls moto as its default account."""
    return client_of(state_credentials.role_arn.split(":")[4], region, service)


boto_client.boto_client_for = client_of_execution  # before other modules import it

from moto.glue.models import FakeJob, FakeJobRun  # noqa: E402
from moto.moto_server.threaded_moto_server import ThreadedMotoServer  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback  # noqa: E402
from werkzeug.serving import WSGIRequestHandler  # noqa: E402


def guard_sync_tasks():
    """A .sync task has no callback endpoint; without a guard moto fails each of them when it ends."""
    callback = state_task_service_callback.StateTaskServiceCallback
    source = textwrap.dedent(inspect.getsource(callback._eval_integration_pattern))
    unguarded = "    callback_endpoint.interrupt_all()"
    if source.count(unguarded) != 1:
        sys.exit("moto has changed where .sync tasks end: see whether guard_sync_tasks is still needed")
    scope: dict[str, object] = {}
    exec(
        source.replace(unguarded, "    if callback_endpoint: callback_endpoint.interrupt_all()"),
        vars(state_task_service_callback),
        scope,
    )
    callback._eval_integration_pattern = scope["_eval_integration_pattern"]


def run_jobs():
    start, describe = FakeJob.start_job_run, FakeJobRun.as_dict

    def finish(job, run):
        try:
            url = f"{FRONT}/job-runs/{job.role.split(':')[4]}/{job.name}"
            request = urllib.request.Request(url, data=json.dumps(run.arguments).encode(), method="POST")
            with urllib.request.urlopen(request) as answer:
                run.error_message = json.load(answer)["error"]
        except OSError as e:
            run.error_message = str(e)
        run.status = "FAILED" if run.error_message else "SUCCEEDED"

    def start_job_run(self, **parameters):
        run_id = start(self, **parameters)
        run = next(r for r in self.job_runs if r.job_run_id == run_id)
        run._transitions, run.status, run.error_message = [], "RUNNING", ""
        threading.Thread(target=finish, args=(self, run), daemon=True).start()
        return run_id

    def as_dict(self):
        return describe(self) | ({"ErrorMessage": self.error_message} if self.error_message else {})

    FakeJob.start_job_run, FakeJobRun.as_dict = start_job_run, as_dict


def spare_time():
    """Avoids half of moto's time: searching folders for a service's name, opening connections, logging requests."""
    DomainDispatcherApplication.get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)
    utils.create_loader = functools.cache(utils.create_loader)
    WSGIRequestHandler.protocol_version = "HTTP/1.1"  # keeps connections
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def main():
    spare_time()
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    guard_sync_tasks()
    run_jobs()
    ThreadedMotoServer(ip_address="127.0.0.1", port=PORT, verbose=False).start()
    sys.stdin.read()
    os._exit(0)  # whatever still runs


main()
