import OpenAI from "openai";

import { address, print, prompt } from "./arguments.mjs";

const client = new OpenAI({ apiKey: "none", baseURL: `${address}v1`, maxRetries: 0 });
try {
  const stream = client.responses.stream({ model: "chat", input: prompt });
  stream.on("response.output_text.delta", (event) => print({ text: event.delta }));
  stream.on("event", (event) => {
    if (event.type === "error" || event.type === "response.failed") print(event);
  });
  const { output, output_text, status, usage } = await stream.finalResponse();
  print({ output, output_text, status, usage });
} catch (error) {
  print({ error: error.constructor.name, status: error.status, message: error.message });
}
