import { queueContract } from '@sortie/testing/queue-contract';
import { storeContract } from '@sortie/testing/store-contract';
import { openDatabase } from './db.ts';

const open = () => openDatabase({ driver: 'sqlite', path: ':memory:' });

storeContract('SQLite', open);
queueContract('SQLite', open);
