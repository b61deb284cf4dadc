// The same sessions with the Vercel AI SDK, which opencode is built on.
//
// usage: ai_sdk.mjs BASE_URL streamed|whole

import { createOpenAI } from "@ai-sdk/openai";
import { generateText, isStepCount, jsonSchema, streamText, tool } from "ai";
import { PARAMETERS, look, nothing, play } from "./plan.mjs";

const [baseURL, mode] = process.argv.slice(2);
const ASKED = {
  model: createOpenAI({ baseURL, apiKey: "x" }).responses("gpt-5.5"),
  system: "Be brief.",
  tools: {
    look: tool({
      description: "Reads a file.", inputSchema: jsonSchema(PARAMETERS), execute: look,
    }),
  },
  stopWhen: isStepCount(5),
  providerOptions: {
    openai: {
      store: false, reasoningSummary: "auto", include: ["reasoning.encrypted_content"],
    },
  },
};

async function run(messages) {
  if (mode === "whole") return generateText({ ...ASKED, messages });
  let failed;
  const result = streamText({ ...ASKED, messages, onError: ({ error }) => { failed = error; } });
  await result.consumeStream();
  if (failed) throw failed;
  if (await result.finishReason !== "stop") {
    throw new Error(`finish reason ${await result.finishReason}`);
  }
  return result;
}

async function talk(prompts) {
  const seen = nothing();
  const messages = [];
  for (const prompt of prompts) {
    messages.push({ role: "user", content: prompt });
    const result = await run(messages);
    seen.said.push(await result.text);
    for (const step of await result.steps) {
      const { inputTokens, inputTokenDetails, outputTokens, outputTokenDetails, totalTokens } =
        step.usage;
      seen.usage.push([
        inputTokens, inputTokenDetails.cacheReadTokens,
        outputTokens, outputTokenDetails.reasoningTokens, totalTokens,
      ]);
      seen.request_ids.push(step.response.headers["x-request-id"]);
      if (step.reasoning.length > 0) seen.summaries.push(step.reasoning.map((part) => part.text));
    }
    messages.push(...(await result.responseMessages));
  }
  return seen;
}

await play(talk, ({ statusCode, data, responseHeaders }) => ({
  status: statusCode, code: data?.error.code, param: data?.error.param,
  request_id: responseHeaders?.["x-request-id"],
}));
