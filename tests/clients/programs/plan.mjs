// What every program of this folder does; see plan.py, which does the same and explains it.

export const SESSIONS = {
  text: ["Say something."],
  tools: ["Look into a.txt and b.txt.", "Look into c.txt."],
  reasoning: ["Think of a number.", "Which number?"],
};

export const PARAMETERS = {
  type: "object",
  properties: { path: { type: "string" } },
  required: ["path"],
  additionalProperties: false,
};

export const look = ({ path }) => `${path} says ${path.charCodeAt(0)}`;

export const nothing = () => ({ said: [], summaries: [], usage: [], request_ids: [] });

export async function play(talk, failure) {
  const seen = {};
  for (const [name, prompts] of Object.entries(SESSIONS)) {
    seen[name] = await talk(prompts);
  }
  for (const [name, prompt] of [["refused", "refuse me"], ["cut", "Think of a number."]]) {
    try {
      seen[name] = { said: (await talk([prompt])).said };
    } catch (error) {
      seen[name] = { error: error.constructor.name, message: error.message, ...failure(error) };
    }
  }
  process.stdout.write(JSON.stringify(seen));
}

export function equal(a, b) {
  if (a !== b) {
    throw new Error(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
  }
}

export const usage = (counts) => [
  counts.input_tokens,
  counts.input_tokens_details.cached_tokens,
  counts.output_tokens,
  counts.output_tokens_details.reasoning_tokens,
  counts.total_tokens,
];
