import type { KMS } from '@aws-sdk/client-kms';
import { UnexpectedAnswer } from './answers.ts';

/** Far more than any answer of KMS: a page of a hundred aliases has some 50 KB. */
const maxAnswerOctets = 1_048_576;

/** What is used of a response that the SDK has received: an HTTP message whose body is still to be read. */
interface ReceivedResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  body?: unknown;
}

type Chunks = AsyncIterable<Uint8Array> & { destroy?(): void };

function isChunks(body: unknown): body is Chunks {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/**
 * Reads a body up to a limit. Beyond it the connection is closed, so that no more arrives.
 *
 * @throws UnexpectedAnswer where there is more.
 */
async function readLimited(response: ReceivedResponse): Promise<Uint8Array | undefined> {
  const { body, headers, statusCode } = response;
  if (!isChunks(body)) return undefined;
  const tooLong = (): UnexpectedAnswer => {
    body.destroy?.();
    return new UnexpectedAnswer(`The answer is longer than ${maxAnswerOctets} octets`, statusCode);
  };
  if (Number(headers['content-length'] ?? 0) > maxAnswerOctets) throw tooLong();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxAnswerOctets) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Makes a client of the SDK read answers whole before it parses them, and none that is longer than any of KMS. */
export function limitAnswers(client: Pick<KMS, 'middlewareStack'>): void {
  client.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      const response = result.response as ReceivedResponse;
      response.body = (await readLimited(response)) ?? response.body;
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'keywayLimitAnswers' },
  );
}
