// Command bench measures Timepost against honest baselines in the same run: the
// same durability, the same data, the same machine. It prints a table and writes
// docs/BENCHMARKS.md. Absolute figures are reported; only ratios are gated.
//
//	go run ./bench -out docs/BENCHMARKS.md
package main
