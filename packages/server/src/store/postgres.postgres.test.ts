import { idempotencyContract } from '@sortie/testing/idempotency-contract';
import { queueContract } from '@sortie/testing/queue-contract';
import { storeContract } from '@sortie/testing/store-contract';
import { openPostgres } from './postgres.fixture.ts';

storeContract('PostgreSQL', openPostgres);
idempotencyContract('PostgreSQL', openPostgres);
queueContract('PostgreSQL', openPostgres);
