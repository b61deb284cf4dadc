"""A coding agent on one page: a loop around the Responses API, with nothing but Python.

usage: OPENAI_BASE_URL=.. OPENAI_API_KEY=.. mini_agent.py [--session FILE | --resume FILE] PROMPT

--session keeps the history in a new FILE, --resume goes on with it. The model is MODEL or gpt-5.5.
"""

import argparse
import json
import os
import subprocess
import sys
import urllib.request

TEXT = {"type": "string"}
SHELL = {"type": "function", "name": "shell", "strict": False,
         "description": "Runs a command with sh -c; the output ends with its exit code.",
         "parameters": {"type": "object", "required": ["command"],
                        "properties": {"command": TEXT, "workdir": TEXT}}}


def respond(history):
    """One request with the whole history; gives the output items of the answer."""
    body = {"model": os.environ.get("MODEL", "gpt-5.5"), "tools": [SHELL], "input": history,
            "instructions": "You are a coding agent. Work in the current folder.",
            "store": False, "include": ["reasoning.encrypted_content"]}
    headers = {"content-type": "application/json",
               "authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    url = os.environ["OPENAI_BASE_URL"] + "/responses"
    try:
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["output"]
    except urllib.request.HTTPError as error:
        sys.exit(f"HTTP {error.code}: {error.read().decode()}")
    except (OSError, ValueError) as error:
        sys.exit(f"no answer from {url}: {error}")


def shell(command, workdir="."):
    done = subprocess.run(["sh", "-c", command], cwd=workdir, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    output = done.stdout.decode(errors="replace")
    if len(output) > 10_000:
        output = output[:5_000] + "\n[..]\n" + output[-5_000:]
    return f"{output}\nexit code {done.returncode}"


parser = argparse.ArgumentParser()
parser.add_argument("--session")
parser.add_argument("--resume")
parser.add_argument("prompt")
asked = parser.parse_args()
history = json.load(open(asked.resume)) if asked.resume else []
history.append({"role": "user", "content": asked.prompt})
calls = True
while calls:
    output = respond(history)
    history += output
    calls = [item for item in output if item["type"] == "function_call"]
    for call in calls:
        try:
            result = shell(**json.loads(call["arguments"]))
        except (OSError, TypeError, ValueError, subprocess.TimeoutExpired) as error:
            result = f"failed: {error}"
        history.append({"type": "function_call_output", "call_id": call["call_id"], "output": result})
if kept := asked.resume or asked.session:
    json.dump(history, open(kept, "w"))
print(*(part["text"] for item in output if item["type"] == "message" for part in item["content"]))
