// The handler for Node's runtime client. When a write returns false, it waits for "drain", as
// pipeline() does. Otherwise 200 MB would be held in memory, and Node's figures would be unfair.
import { setTimeout } from "node:timers/promises";

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const [count, size, pauseUs] = event.rawPath.slice(1).split("/").map(Number);
  const stream = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { "content-type": "application/octet-stream" },
  });
  const item = Buffer.alloc(size, "x");
  item[size - 1] = 10;
  for (let i = 0; i < count; i++) {
    let data = item;
    if (pauseUs > 0) {
      await setTimeout(pauseUs / 1000);
      data = Buffer.from(item);
      data.write(process.hrtime.bigint().toString(16).padStart(16, "0"));
    }
    if (!stream.write(data)) await new Promise((resolve) => stream.once("drain", resolve));
  }
  stream.end();
});
