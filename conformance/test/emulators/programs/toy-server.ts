/** An emulator for the tests of this folder: `node toy-server.ts PORT [silent | dies]`. */
import { createServer } from 'node:http';
import process from 'node:process';

const [port, mood] = process.argv.slice(2);

if (mood === 'dies') {
  process.stderr.write('the reason why it dies\n');
  process.exit(3);
}
process.stdout.write('toy starts\n');
createServer((_, response) => response.end(mood === 'silent' ? 'nothing' : 'toy answers'))
  .on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  })
  .listen(Number(port), '127.0.0.1');
