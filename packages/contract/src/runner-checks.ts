import type { Step } from '@sortie/core/step';
import { Compile } from 'typebox/compile';
import type { Assignment } from './runner.ts';
import {
  AssignmentReply,
  BeginReply,
  DeliveryHead,
  DeliveryReply,
  HeartbeatReply,
  ReportHead,
  WatchReply,
} from './runner-wire.ts';

/** Whether a value that came from elsewhere has the form that the contract says. */
export interface RunnerChecks {
  isAssignment(value: unknown): value is Assignment;
  isHeartbeatReply(value: unknown): value is { readonly isCancelled: boolean };
  isWatchReply(value: unknown): value is { readonly isOver: boolean };
  isBeginReply(value: unknown): value is readonly Step[];
  isDeliveryReply(value: unknown): value is DeliveryReply;
  isDeliveryHead(value: unknown): value is DeliveryHead;
  isReportHead(value: unknown): value is ReportHead;
}

/** Compiles the schemas, which takes some milliseconds. */
export function createRunnerChecks(): RunnerChecks {
  const assignment = Compile(AssignmentReply);
  const heartbeat = Compile(HeartbeatReply);
  const watch = Compile(WatchReply);
  const begin = Compile(BeginReply);
  const reply = Compile(DeliveryReply);
  const delivery = Compile(DeliveryHead);
  const report = Compile(ReportHead);
  return {
    isAssignment: (value): value is Assignment => assignment.Check(value),
    isHeartbeatReply: (value): value is { isCancelled: boolean } => heartbeat.Check(value),
    isWatchReply: (value): value is { isOver: boolean } => watch.Check(value),
    isBeginReply: (value): value is Step[] => begin.Check(value),
    isDeliveryReply: (value): value is DeliveryReply => reply.Check(value),
    isDeliveryHead: (value): value is DeliveryHead => delivery.Check(value),
    isReportHead: (value): value is ReportHead => report.Check(value),
  };
}
