// Sends commands to Lambda, one after the other, and prints one line of JSON for each: what the
// SDK makes of the answer, or the error that it throws. "?" lists functions page by page.
//
//     AWS_ENDPOINT_URL=http://127.0.0.1:8000 node ask_lambda.mjs '["GetFunction", {"FunctionName": "words"}]'...

import * as sdk from "@aws-sdk/client-lambda";

const client = new sdk.LambdaClient({ maxAttempts: 1 });

async function list() {
  const names = [];
  for await (const { Functions } of sdk.paginateListFunctions({ client, pageSize: 1 }, {})) {
    names.push(...Functions.map((one) => one.FunctionName));
  }
  return { names };
}

async function ask(command, input) {
  if (command === "?") return list();
  if (command.startsWith("waitUntil")) {
    return { state: (await sdk[command]({ client, maxWaitTime: 5 }, input)).state };
  }
  const { Payload, $metadata, ...rest } = await client.send(new sdk[`${command}Command`](input));
  return Payload ? { ...rest, payload: Buffer.from(Payload).toString() } : rest;
}

for (const argument of process.argv.slice(2)) {
  const [command, input] = JSON.parse(argument);
  const answer = await ask(command, input).catch(({ name, message, $metadata, ...more }) => ({
    error: name,
    message,
    status: $metadata.httpStatusCode,
    hasId: Boolean($metadata.requestId),
    reason: more.Reason,
    retryAfter: more.retryAfterSeconds,
  }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
