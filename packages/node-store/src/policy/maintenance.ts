import type { CallOptions } from '../db/call'
import { type PartitionReport, premakePartitions } from './audit-partitions'
import type { MaintenanceContext, MaintenanceTask } from './task'

/** Upkeep that somebody has to start: `maintenance` of `createVault`, or a job of yours. */
export interface Maintenance {
  /**
   * Does what is due, and tells what it did. Many processes may run it at once: each thing is done once.
   *
   * @throws DATABASE for the first task that failed, after the others had their turn
   */
  run(options?: CallOptions): Promise<MaintenanceReport>
}

/** What one run did, by task. */
export interface MaintenanceReport {
  /** Partitions of the audit log. */
  readonly partitions: PartitionReport
}

/** Runs by itself. */
export interface MaintenanceSchedule {
  /** Seconds between the end of a run and the next one, 1 to 2147483. The first run is at the start. */
  readonly everySeconds: number
}

/** Longest delay of a timer: 2^31 - 1 milliseconds. */
const MAX_SECONDS = 2_147_483

const TASKS: {
  readonly [Name in keyof MaintenanceReport]: MaintenanceTask<MaintenanceReport[Name]>
} = { partitions: premakePartitions }

export function createMaintenance(context: MaintenanceContext): Maintenance {
  return {
    async run(options = {}) {
      const names = Object.keys(TASKS) as (keyof MaintenanceReport)[]
      const report: { -readonly [Name in keyof MaintenanceReport]?: MaintenanceReport[Name] } = {}
      const failures: unknown[] = []
      for (const name of names) {
        try {
          report[name] = await TASKS[name](context, options)
        } catch (error) {
          options.signal?.throwIfAborted()
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
      return report as MaintenanceReport
    },
  }
}

/**
 * Runs maintenance now and then. A run that fails is repeated at the next turn: until then `health()` tells what is
 * not done. Does not keep the process alive. Returns what stops it and waits for a run under way.
 */
export function scheduleMaintenance(
  maintenance: Maintenance,
  { everySeconds }: MaintenanceSchedule,
): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  const turn = () => {
    running = maintenance.run({ signal }).then(
      () => next(),
      () => next(),
    )
  }
  const next = () => {
    if (!signal.aborted) timer = setTimeout(turn, everySeconds * 1000).unref()
  }
  turn()
  return async () => {
    stopping.abort()
    clearTimeout(timer)
    await running
  }
}

/** @throws RangeError when `everySeconds` is no whole number that a timer takes */
export function assertSchedule({ everySeconds }: MaintenanceSchedule): void {
  if (Number.isInteger(everySeconds) && everySeconds >= 1 && everySeconds <= MAX_SECONDS) return
  throw new RangeError(`maintenance.everySeconds must be a whole number from 1 to ${MAX_SECONDS}`)
}
