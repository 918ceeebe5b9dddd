// An outside program: verifies a compact JWS with jose alone. Usage: verify-jws.ts <jws> <public jwk> <file>
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { compactVerify, decodeProtectedHeader, importJWK } from 'jose';

const [jwsFile = '', jwkFile = '', payloadFile = ''] = process.argv.slice(2);
const jws = readFileSync(jwsFile, 'utf8');
const key = await importJWK(JSON.parse(readFileSync(jwkFile, 'utf8')), decodeProtectedHeader(jws).alg);
try {
  const { payload, protectedHeader } = await compactVerify(jws, key);
  const same = readFileSync(payloadFile).equals(payload);
  console.log(
    `jose: ${protectedHeader.alg} signature verified, payload ${same ? 'is' : 'is not'} ${payloadFile}`,
  );
  if (!same) process.exitCode = 1;
} catch (error) {
  console.log(`jose: ${error instanceof Error ? error.message : 'failed'}`);
  process.exitCode = 1;
}
