import { defineConfig } from "vitest/config"

const TESTS = (kind: string) => [`src/**/*.${kind}.test.ts`, `scripts/**/*.${kind}.test.ts`]
const OTHER_KINDS = ["sim", "server", "browser"]

export default defineConfig({
  test: {
    reporters: ["default", "./scripts/tally-reporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: OTHER_KINDS.flatMap(TESTS),
          testTimeout: 20_000,
        },
      },
      { test: { name: "sim", include: TESTS("sim"), testTimeout: 120_000 } },
      // Real servers share two cores: one file at a time, so that a slow neighbour is not taken for a fault.
      {
        test: {
          name: "server",
          include: TESTS("server"),
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "browser",
          include: TESTS("browser"),
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
