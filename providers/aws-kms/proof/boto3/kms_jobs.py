"""Runs operations of KMS with boto3, one JSON line in and one out.

A job is {"id": 1, "operation": "sign", "parameters": {...}}, the operation by boto3's name of the method. Octets are
{"$octets": "<base64>"} in both directions. The answer is {"id": 1, "result": {...}} or
{"id": 1, "error": {"code": "...", "message": "..."}}. Endpoint, region and credentials come from the environment, where
boto3 looks for them itself. The first line out tells that it is ready.
"""

import base64
import datetime
import json
import sys

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


def decoded(value):
    if isinstance(value, dict):
        if set(value) == {"$octets"}:
            return base64.b64decode(value["$octets"], validate=True)
        return {name: decoded(member) for name, member in value.items()}
    if isinstance(value, list):
        return [decoded(member) for member in value]
    return value


def encoded(value):
    if isinstance(value, bytes):
        return {"$octets": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: encoded(member) for name, member in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [encoded(member) for member in value]
    return value


def run(client, job):
    try:
        method = getattr(client, job["operation"])
        return {"result": encoded(method(**decoded(job["parameters"])))}
    except ClientError as error:
        told = error.response["Error"]
        return {"error": {"code": told["Code"], "message": told["Message"]}}
    except (BotoCoreError, AttributeError, TypeError, ValueError) as error:
        return {"error": {"code": type(error).__name__, "message": str(error)}}


def main():
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=60)
    client = boto3.client("kms", config=config)
    say({"boto3": boto3.__version__, "botocore": botocore.__version__})
    for line in sys.stdin:
        job = json.loads(line)
        say({"id": job["id"], **run(client, job)})


def say(value):
    print(json.dumps(value), flush=True)


main()
