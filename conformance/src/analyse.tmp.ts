import { writeFileSync } from 'node:fs';
import { allLies } from './self-test/all-lies.ts';
import { tryHonesty, tryLie } from './self-test/try-lie.ts';
const part = Number(process.argv[2]); const out: Record<string, unknown> = {};
if (part === 0) out[''] = await tryHonesty();
for (const [i, lie] of allLies.entries()) { if (i % 2 !== part) continue;
  const b = process.cpuUsage(); const v = await tryLie(lie); const a = process.cpuUsage(b);
  out[lie.id] = { failed: v.failed, cpu: (a.user + a.system) / 1000 };
  writeFileSync(`/tmp/keyway/lies-${part}.json`, JSON.stringify(out)); }
console.log('done');
