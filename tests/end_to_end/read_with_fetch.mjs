// Reads a URL with Node's own fetch. Prints one line of JSON for the head, each part and the end.

const print = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);

const response = await fetch(process.argv[2]);
print({
  status: response.status,
  type: response.headers.get("content-type"),
  custom: response.headers.get("x-custom"),
  cookies: response.headers.getSetCookie(),
});

const text = new TextDecoder();
try {
  for await (const part of response.body) print({ part: text.decode(part, { stream: true }) });
  print({ end: true });
} catch (error) {
  print({ error: error.name, message: error.message });
}
