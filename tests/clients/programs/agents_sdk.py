"""The same sessions with the Agents SDK, which runs the tool itself and keeps the history.

usage: agents_sdk.py BASE_URL streamed|whole
"""

import asyncio
import sys

import openai
import plan
from agents import (
    Agent, ModelSettings, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled,
)
from openai.types.shared import Reasoning

base_url, mode = sys.argv[1:]
set_tracing_disabled(True)


@function_tool
def look(path: str) -> str:
    """Reads a file."""
    return plan.look(path)


client = openai.AsyncOpenAI(base_url=base_url, api_key="x")
agent = Agent(
    name="reader",
    instructions="Be brief.",
    tools=[look],
    model=OpenAIResponsesModel(model="gpt-5.5", openai_client=client),
    model_settings=ModelSettings(
        store=False,
        parallel_tool_calls=True,
        reasoning=Reasoning(summary="auto"),
        response_include=["reasoning.encrypted_content"],
    ),
)


async def run(history):
    if mode == "whole":
        return await Runner.run(agent, history)
    result = Runner.run_streamed(agent, history)
    async for _ in result.stream_events():
        pass
    return result


async def talk(prompts):
    seen = {"said": [], "summaries": [], "usage": [], "request_ids": []}
    history = []
    for prompt in prompts:
        result = await run(history + [{"role": "user", "content": prompt}])
        history = result.to_input_list()
        seen["said"].append(result.final_output)
        for response in result.raw_responses:
            seen["usage"].append(plan.usage(response.usage))
            seen["request_ids"].append(response.request_id)
            for item in response.output:
                if item.type == "reasoning":
                    seen["summaries"].append([part.text for part in item.summary])
    return seen


def failure(error):
    if isinstance(error, openai.APIStatusError):
        return {"status": error.status_code, "code": error.code, "param": error.param,
                "request_id": error.request_id}
    return {}


# One loop for all: the client keeps its connections in it.
loop = asyncio.new_event_loop()
plan.play(lambda prompts: loop.run_until_complete(talk(prompts)), failure)
loop.run_until_complete(client.close())
loop.close()
