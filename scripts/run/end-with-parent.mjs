/**
 * Loaded into the program when it runs as a child of `run.mjs`. The channel carries no messages; that it closes
 * says that the parent is gone, however it ended.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Listening alone would keep the program alive after its work is done.
process.channel?.unref();
