import type { Step } from '../step.ts';

/** Lists the keys of the vault page by page. */
export const listKeys: Step = {
  title: 'List with paging',
  async run({ vault, say }) {
    let number = 0;
    for await (const page of vault.listPropertiesOfKeys().byPage({ maxPageSize: 3 })) {
      number++;
      const names = page.map(({ name, enabled }) => (enabled === true ? name : `${name} (disabled)`));
      say(`Page ${number}: ${names.join(', ')}${page.continuationToken === undefined ? '' : ', and more'}`);
    }
  },
};
