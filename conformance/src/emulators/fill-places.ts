/** What stands for the places in a row's arguments and environment. */
export interface Places {
  readonly port: string;
  readonly folder: string;
  readonly program: string;
}

/** Puts the places in. Other text in braces stays as it is. */
export function fillPlaces(text: string, places: Places): string {
  return text.replaceAll(/\{(port|folder|program)\}/g, (_, name: keyof Places) => places[name]);
}
