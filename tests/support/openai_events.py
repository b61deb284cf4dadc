"""Holds every event of every stream against the official SDK's own model of it.

The SDK itself does not: it builds its objects unchecked. Prints {model: number of events}; what does
not fit goes to stderr, and the exit code says so.

usage: openai_events.py BASE_URL BODY.. (each a JSON request)
"""

import json
import sys
import urllib.request

import pydantic
from openai.types.responses import ResponseStreamEvent

EVENT = pydantic.TypeAdapter(ResponseStreamEvent)


def check(base_url, body):
    """The events of one stream that do not fit, and how many there are."""
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{base_url}/responses", body.encode(), headers)
    with urllib.request.urlopen(request) as answer:
        blocks = answer.read().decode().strip().split("\n\n")
    wrong, events = [], [json.loads(block.split("data: ", 1)[1]) for block in blocks]
    for event in events:
        try:
            EVENT.validate_python(event)
        except pydantic.ValidationError as error:
            # A union tells what is wrong with each of its members; the one that was meant is enough.
            own = [told for told in error.errors() if event["type"] not in str(told["msg"])]
            wrong.append((event["type"], [(told["loc"], told["msg"]) for told in own[:3]]))
    return wrong, len(events)


counts, failed = {}, False
for body in sys.argv[2:]:
    wrong, count = check(sys.argv[1], body)
    model = json.loads(body)["model"]
    counts[model] = count
    for kind, told in wrong:
        failed = True
        print(f"{model}: {kind}: {told}", file=sys.stderr)
print(json.dumps(counts))
sys.exit(failed)
