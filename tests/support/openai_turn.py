"""A tool turn as a user of the official SDK writes it; prints what the SDK made of the streams.

usage: openai_turn.py BASE_URL
"""

import json
import sys

import openai

TOOLS = [{
    "type": "function",
    "name": "look",
    "description": "Reads a file.",
    "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
    "strict": False,
}]


def ask(client, history):
    with client.responses.stream(
        model="unreel-1",
        instructions="Be brief.",
        input=history,
        tools=TOOLS,
        store=False,
        include=["reasoning.encrypted_content"],
    ) as stream:
        events = [event.type for event in stream]
        return events, stream.get_final_response()


client = openai.OpenAI(base_url=sys.argv[1], api_key="x", max_retries=0)
history = [{"role": "user", "content": "What is the cap?"}]
requests = []
for _ in range(4):
    events, response = ask(client, history)
    requests.append({
        "events": events,
        "id": response.id,
        "usage": response.usage.model_dump(),
        "items": [item.type for item in response.output],
        "text": response.output_text,
    })
    calls = [item for item in response.output if item.type == "function_call"]
    if not calls:
        break
    history += [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in response.output]
    history += [
        {"type": "function_call_output", "call_id": call.call_id, "output": "cap = 37 " + call.arguments}
        for call in calls
    ]

plain = client.responses.create(model="unreel-1", input=history, store=False)
try:
    client.responses.create(model="unreel-1", input="refuse me", store=False)
    refused = None
except openai.BadRequestError as error:
    refused = {"code": error.code, "param": error.param, "request_id": error.request_id}
json.dump({
    "requests": requests,
    "plain": {"text": plain.output_text, "status": plain.status},
    "models": [model.id for model in client.models.list()],
    "refused": refused,
}, sys.stdout)
