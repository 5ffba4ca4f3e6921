import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		root: new URL("..", import.meta.url).pathname,
		include: ["test/**/*.test.ts"],
		globalSetup: ["test/support/build.ts"],
		// Timing tests share two cores: files run in turn where they measure, in parallel elsewhere.
		maxWorkers: 2,
		testTimeout: 30_000,
		hookTimeout: 60_000,
	},
});
