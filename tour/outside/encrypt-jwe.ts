// An outside program: encrypts a file for a public key with jose alone. Usage: encrypt-jwe.ts <public jwk> <file> <jwe>
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { CompactEncrypt, importJWK } from 'jose';

const [jwkFile = '', file = '', jweFile = ''] = process.argv.slice(2);
const key = await importJWK(JSON.parse(readFileSync(jwkFile, 'utf8')), 'RSA-OAEP-256');
const jwe = await new CompactEncrypt(readFileSync(file))
  .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
  .encrypt(key);
writeFileSync(jweFile, jwe);
console.log(`jose: encrypted ${file} with RSA-OAEP-256 and A256GCM`);
