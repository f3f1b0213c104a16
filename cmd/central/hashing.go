package main

import (
	"runtime"

	"github.com/timepost/timepost/attendance/pin"
)

// hashCost is the bcrypt cost of the server; a test forbids less than production's.
func hashCost() int { return pin.ProductionCost }

// hashWorkers leaves a core to everything that people and kiosks wait for.
func hashWorkers() int { return max(1, runtime.NumCPU()-1) }
