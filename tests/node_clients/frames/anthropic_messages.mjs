import Anthropic from "@anthropic-ai/sdk";

import { address, print, prompt } from "./arguments.mjs";

const client = new Anthropic({ apiKey: "none", baseURL: address.slice(0, -1), maxRetries: 0 });
try {
  const stream = client.messages.stream({
    model: "chat",
    max_tokens: 100,
    messages: [{ role: "user", content: prompt }],
  });
  stream.on("text", (text) => print({ text }));
  const { content, stop_reason, usage } = await stream.finalMessage();
  print({ content, stop_reason, usage });
} catch (error) {
  print({ error: error.constructor.name, status: error.status, message: error.message });
}
