exports.handler = async () => [typeof module, __filename.slice(-10)];
