import type { History } from './history.ts';

export interface MetricsInput {
  readonly history: Pick<History, 'ended' | 'logBytes' | 'running'>;
  readonly capacity: number;
  /** Stages with reports that the server does not have yet. */
  readonly spooled: number;
  readonly version: string;
  readonly process: {
    readonly memoryBytes: number;
    readonly cpuSeconds: number;
    /** Unix seconds. */
    readonly started: number;
  };
}

interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** Value by label text. */
  readonly values: readonly (readonly [labels: string, value: number])[];
}

/** The numbers of a runner as Prometheus reads them (text format 0.0.4). */
export function formatMetrics(input: MetricsInput): string {
  return metricsOf(input).map(formatMetric).join('');
}

const STATUSES = ['success', 'failure', 'error', 'killed', 'skipped'];

function metricsOf({ history, capacity, spooled, version, process }: MetricsInput): readonly Metric[] {
  const gauge = (name: string, help: string, value: number): Metric => {
    return { name, type: 'gauge', help, values: [['', value]] };
  };
  const counter = (name: string, help: string, values: Metric['values']): Metric => {
    return { name, type: 'counter', help, values };
  };
  return [
    {
      ...gauge('sortie_runner_info', 'Release of the runner.', 1),
      values: [[`{version="${version.replaceAll(/[\\"\n]/g, '')}"}`, 1]],
    },
    gauge('sortie_runner_capacity', 'Pipelines that the runner runs at once.', capacity),
    gauge('sortie_runner_running_stages', 'Pipelines that run now.', history.running),
    gauge(
      'sortie_runner_spooled_stages',
      'Pipelines with reports that the server does not have yet.',
      spooled,
    ),
    counter(
      'sortie_runner_stages_total',
      'Pipelines that have ended.',
      STATUSES.map((status) => [`{status="${status}"}`, history.ended.get(status) ?? 0]),
    ),
    counter('sortie_runner_log_bytes_total', 'Output of all steps.', [['', history.logBytes]]),
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', process.memoryBytes),
    counter('process_cpu_seconds_total', 'Processor time in seconds.', [['', process.cpuSeconds]]),
    gauge('process_start_time_seconds', 'Start of the process in unix seconds.', process.started),
  ];
}

function formatMetric({ name, type, help, values }: Metric): string {
  const lines = values.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
