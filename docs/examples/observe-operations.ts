// Every operation can be observed through a tracing channel of Node. It costs nothing without a subscriber.
import { tracingChannel } from 'node:diagnostics_channel';
import { openKeyManager } from 'keyway';
import type { OperationEvent } from 'keyway';

const ignore = (): void => {};
tracingChannel<OperationEvent>('keyway:operation').subscribe({
  start: ignore,
  end: ignore,
  error: ignore,
  asyncStart: ignore,
  asyncEnd({ operation, keyId, algorithm, durationMs, errorCode }) {
    const subject = keyId?.split('/')[2] ?? 'the vault';
    const timed = durationMs !== undefined && durationMs >= 0;
    console.log(
      [operation, subject, algorithm ?? '-', errorCode ?? 'ok', timed ? 'timed' : 'not timed'].join(' | '),
    );
  },
});

await using vault = await openKeyManager('memory:');
await vault.createEcKey('audited');
const client = await vault.getCryptographyClient('audited');
await client.signData('ES256', Buffer.from('this text never reaches a subscriber'));
await vault.getKey('missing').catch(ignore);
