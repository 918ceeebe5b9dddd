import type { KeyDocument } from '@keyway/core/driver';
import type { Inventory } from './doctor-inventory.ts';
import type { Finding } from './finding.ts';
import { isGone } from './locate.ts';
import { isAdopted } from './object-id.ts';
import type { Intent } from './records/intents.ts';
import { thisProcess } from './records/process-owner.ts';
import type { Pkcs11Vault } from './vault.ts';

type Look = (inventory: Inventory, vault: Pkcs11Vault, now: number) => readonly Finding[];

const lookAtDamage: Look = ({ damaged, damagedEntries }) => [
  ...damaged.map((name): Finding => ({
    severity: 'error',
    what: 'record-damaged',
    message: 'The record of the key was changed by somebody else, or is older than one that was seen',
    advice: 'Write the newest record back from a backup of the store; its objects on the token are untouched',
    name,
  })),
  ...damagedEntries.map((key): Finding => ({
    severity: 'warning',
    what: 'record-damaged',
    message: key.startsWith('intent/')
      ? 'What announced a change was changed by somebody else: nobody can finish that change'
      : 'The mark of an adopted key was changed by somebody else, and counts for nothing',
    advice: `Find out who writes to the store; then remove its entry ${key}`,
  })),
];

const flowNames: Readonly<Record<Intent['flow'], string>> = {
  'make-version': 'A new version of the key was begun',
  change: 'A change of the key was begun',
  purge: 'Destroying the key was begun',
};

const lookAtIntents: Look = ({ intents, abandoned }, { records }) => {
  const self = thisProcess();
  const left = new Set(abandoned.map(({ id }) => id));
  const others = intents.filter(({ id, owner }) => {
    return !left.has(id) && !(owner.host === self.host && owner.pid === self.pid);
  });
  const several: Finding = {
    severity: 'note',
    what: 'several-writers',
    message: 'Another process is changing keys of this vault, and of two changes at once both may stay',
    advice: 'Let one process change keys, or keep the records in a file or store that several may write to',
  };
  return [
    ...abandoned.map(({ flow, name }): Finding => ({
      severity: 'warning',
      what: 'intent-left',
      message: `${flowNames[flow]}, and whoever was at it is gone`,
      advice: 'sweep() finishes it or takes it back; so does the next opening of the vault',
      name,
    })),
    ...(others.length > 0 && !records.atomic ? [several] : []),
  ];
};

function doubled<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function lookAtDocument(document: KeyDocument, intents: readonly Intent[], now: number): readonly Finding[] {
  const { name, versions, purging } = document;
  const findings: Finding[] = doubled(versions.map(({ sequence }) => sequence)).map((sequence) => ({
    severity: 'note',
    what: 'number-doubled',
    message: `Two writers at once have each made a version number ${sequence}: both stay, one is current`,
    advice: 'Both work. Let one process rotate keys, or keep the records where several may write',
    name,
  }));
  if (purging === true && !intents.some((intent) => intent.name === name)) {
    findings.push({
      severity: 'warning',
      what: 'purge-unfinished',
      message: 'The key is being destroyed, and nobody is at it',
      advice: 'purgeDueKeys() finishes it',
      name,
    });
  } else if (purging !== true && isGone(document, now)) {
    findings.push({
      severity: 'note',
      what: 'purge-due',
      message: 'The key is deleted and its time is over, and its objects are still on the token',
      advice: 'purgeDueKeys() destroys them',
      name,
    });
  }
  return findings;
}

const lookAtDocuments: Look = ({ documents, intents }, _vault, now) =>
  documents.flatMap((document) => lookAtDocument(document, intents, now));

/** A key of other software belongs to one name, which its claim and its document both tell. */
const lookAtClaims: Look = ({ claims, documents, damaged }) => {
  const holders = documents.flatMap(({ name, versions }) =>
    versions.filter(({ version }) => isAdopted(version)).map(({ version }) => ({ name, version })),
  );
  const has = (name: string, version: string): boolean =>
    holders.some((holder) => holder.name === name && holder.version === version);
  const shared = new Set(doubled(holders.map(({ version }) => version)));
  return [
    ...[...claims]
      .filter(([version, name]) => !has(name, version) && !damaged.includes(name))
      .map(([version, name]): Finding => ({
        severity: 'note',
        what: 'claim-left',
        message: 'An adoption was begun under this name and has stopped: the key is still external',
        advice: 'adoptKey again, under this name or another',
        name,
        version,
      })),
    ...holders
      .filter(({ version }) => shared.has(version))
      .map(({ name, version }): Finding => ({
        severity: 'error',
        what: 'claim-doubled',
        message:
          'One key of other software is a version of two keys here: what is done to one is done to both',
        advice: 'Rotate both; delete one of them, and purge it only when nobody uses the other any more',
        name,
        version,
      })),
    ...holders
      .filter(({ name, version }) => !shared.has(version) && claims.get(version) !== name)
      .map(({ name, version }): Finding => ({
        severity: 'warning',
        what: 'claim-missing',
        message: 'The mark that keeps this adopted key from being adopted twice is not there, or damaged',
        advice: 'Write it back from a backup of the store; until then adopt no keys into this vault',
        name,
        version,
      })),
  ];
};

const lookAtData: Look = ({ objects }, { namespace, records }) => {
  const labels = objects
    .filter(({ class: of, attributes: { application } }) => of === 'data' && application === 'keyway')
    .map(({ label }) => label)
    .filter((label) => label.startsWith(`${namespace}/`));
  if (records.atomic && labels.length > 0) {
    return [
      {
        severity: 'warning',
        what: 'records-elsewhere',
        message: `The token has ${labels.length} records of this namespace, and this vault keeps its own elsewhere`,
        advice:
          'Two vaults share the namespace without knowing of each other: open all with the same records, or give one another namespace',
      },
    ];
  }
  return doubled(labels).map((label): Finding => ({
    severity: 'warning',
    what: 'record-doubled',
    message: 'One record stands on the token several times: a writer was killed, or two wrote at once',
    advice: 'The next change of it, or opening of the vault, makes one of them',
    label,
  }));
};

const looks: readonly Look[] = [lookAtDamage, lookAtIntents, lookAtDocuments, lookAtClaims, lookAtData];

/** What is wrong with the records of a vault. */
export function findInRecords(inventory: Inventory, vault: Pkcs11Vault, now: number): readonly Finding[] {
  return looks.flatMap((look) => look(inventory, vault, now));
}
