export const leftBehind = [];
