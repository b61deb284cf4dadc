"""Sessions as a user of the official SDK writes them; prints what the SDK made of the answers.

usage: openai_sdk.py BASE_URL raw|helper|plain
"""

import json
import sys

import openai
import plan

ASKED = {
    "model": "gpt-5.5",
    "instructions": "Be brief.",
    "tools": [{
        "type": "function",
        "name": "look",
        "description": "Reads a file.",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string"}},
            "required": ["path"],
            "additionalProperties": False,
        },
        "strict": True,
    }],
    "reasoning": {"summary": "auto"},
    "store": False,
    "include": ["reasoning.encrypted_content"],
}

base_url, mode = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="x")
assert [model.id for model in client.models.list()] == ["gpt-5.5"]


def plain(history):
    response = client.responses.create(input=history, **ASKED)
    return response, response._request_id


def raw(history):
    stream = client.responses.create(input=history, stream=True, **ASKED)
    response, text = None, ""
    for event in stream:
        if event.type == "response.output_text.delta":
            text += event.delta
        elif event.type == "response.completed":
            response = event.response
    if response is None:
        raise EOFError("no response.completed in the stream")
    assert text == response.output_text, f"{text!r} is not {response.output_text!r}"
    return response, stream.response.headers["x-request-id"]


def helper(history):
    with client.responses.stream(input=history, **ASKED) as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        response = stream.get_final_response()
    assert text == response.output_text, f"{text!r} is not {response.output_text!r}"
    return response, None


ask = {"plain": plain, "raw": raw, "helper": helper}[mode]


def talk(prompts):
    seen = {"said": [], "summaries": [], "usage": [], "request_ids": []}
    history = []
    for prompt in prompts:
        history.append({"role": "user", "content": prompt})
        calls = True
        while calls:
            response, request_id = ask(history)
            seen["request_ids"].append(request_id)
            seen["usage"].append(plan.usage(response.usage))
            history += response.output
            calls = []
            for item in response.output:
                if item.type == "reasoning":
                    seen["summaries"].append([part.text for part in item.summary])
                elif item.type == "function_call":
                    calls.append(item)
            history += [
                {
                    "type": "function_call_output",
                    "call_id": call.call_id,
                    "output": plan.look(**json.loads(call.arguments)),
                }
                for call in calls
            ]
        seen["said"].append(response.output_text)
    return seen


def failure(error):
    if isinstance(error, openai.APIStatusError):
        return {"status": error.status_code, "code": error.code, "param": error.param,
                "request_id": error.request_id}
    return {}


plan.play(talk, failure)
