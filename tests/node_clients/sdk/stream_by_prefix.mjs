// Finds functions by the start of their names, page by page, and invokes each by its ARN. Prints each
// event of the stream as one line of JSON, as soon as it is there.
//
//     AWS_ENDPOINT_URL=http://127.0.0.1:8000 node stream_by_prefix.mjs PREFIX...

import {
  InvokeWithResponseStreamCommand,
  LambdaClient,
  paginateListFunctions,
} from "@aws-sdk/client-lambda";

const print = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);
const client = new LambdaClient({ maxAttempts: 1 });

async function findArn(prefix) {
  for await (const { Functions = [] } of paginateListFunctions({ client, pageSize: 1 }, {})) {
    const found = Functions.find((one) => one.FunctionName.startsWith(prefix));
    if (found) return found.FunctionArn;
  }
  throw new Error(`no function ${prefix}`);
}

for (const prefix of process.argv.slice(2)) {
  const arn = await findArn(prefix);
  print({ arn });
  const command = new InvokeWithResponseStreamCommand({ FunctionName: arn, LogType: "Tail" });
  const { EventStream, StatusCode, ResponseStreamContentType } = await client.send(command);
  print({ StatusCode, ResponseStreamContentType });
  for await (const { PayloadChunk, InvokeComplete } of EventStream) {
    if (PayloadChunk) print({ PayloadChunk: Buffer.from(PayloadChunk.Payload).toString() });
    if (InvokeComplete) {
      const { LogResult, ...rest } = InvokeComplete;
      print({ InvokeComplete: rest, log: Buffer.from(LogResult, "base64").toString() });
    }
  }
}
