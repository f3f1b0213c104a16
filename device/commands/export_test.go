package commands

import "context"

// Once is one turn of Run.
func (r *Runner) Once(ctx context.Context) (bool, error) { return r.once(ctx) }
