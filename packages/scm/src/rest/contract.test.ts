import { SIDE, STRANGER, TAG_OBJECT, TIP } from '@sortie/testing/fake-forge-state';
import { scmContract } from '@sortie/testing/scm-contract';
import { ALIVE, DEAD, KINDS, openDriver } from './test-drivers.ts';

for (const kind of KINDS) {
  scmContract(kind, async () => {
    const { driver, close } = await openDriver(kind);
    return {
      driver,
      login: 'ada',
      owner: ALIVE,
      stranger: { ...ALIVE, access: STRANGER },
      dead: DEAD,
      slug: 'acme/contract',
      mainSha: TIP,
      featureSha: SIDE,
      tagSha: TAG_OBJECT,
      close,
    };
  });
}
