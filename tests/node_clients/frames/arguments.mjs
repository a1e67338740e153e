export const [, , address, prompt] = process.argv;
export const print = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);
