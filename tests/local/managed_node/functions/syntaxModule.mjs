export const handler = async () => {
