// Uses an MCP server with an official TypeScript client. Prints one line of JSON for each thing that
// the client tells.
//
//     node use_server.mjs new|old URL STEPS [HEADERS]
//
// STEPS are a list in JSON: {"call": NAME, "arguments": {…}}, {"read": URI}, {"prompt": NAME},
// {"list": "tools"}. HEADERS are sent with each request.

const [which, url, steps, headers = "{}"] = process.argv.slice(2);
const print = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);
const info = { name: "streambda-tests", version: "1" };
const requestInit = { headers: JSON.parse(headers) };
const answer = { action: "accept", content: { name: "Ada", ok: true } };

async function makeNewClient() {
  const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const client = new Client(info, {
    capabilities: { elicitation: {} },
    versionNegotiation: { mode: "auto" },
  });
  client.setRequestHandler("elicitation/create", async () => answer);
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return [client, (step, options) => client.callTool(step, options)];
}

async function makeOldClient() {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const { StreamableHTTPClientTransport } = await import(
    "@modelcontextprotocol/sdk/client/streamableHttp.js"
  );
  const client = new Client(info, { capabilities: {} });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return [client, (step, options) => client.callTool(step, undefined, options)];
}

const [client, callTool] = await (which === "new" ? makeNewClient() : makeOldClient());
print({ connected: client.getServerVersion()?.name });
for (const step of JSON.parse(steps)) {
  try {
    if (step.call) {
      const onprogress = (progress) => print({ progress });
      print({ result: await callTool({ name: step.call, arguments: step.arguments ?? {} }, { onprogress }) });
    } else if (step.read) {
      print({ result: await client.readResource({ uri: step.read }) });
    } else if (step.prompt) {
      print({ result: await client.getPrompt({ name: step.prompt, arguments: step.arguments }) });
    } else {
      print({ result: await client.listTools() });
    }
  } catch (error) {
    print({ error: { name: error.name, code: error.code, message: error.message } });
  }
}
await client.close();
print({ closed: true });
