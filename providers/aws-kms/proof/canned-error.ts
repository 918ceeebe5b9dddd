/** An error of KMS, by its name there. */
export class CannedError extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
