await Promise.resolve();
export const handler = async () => import.meta.url.slice(-16);
