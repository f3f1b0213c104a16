// Package torture cuts the power of a filesystem: a writer punches on ext4 on a loop
// device, is stopped at any moment, and what the device holds then, without what is
// only in the machine's memory, is mounted as another machine would find it.
package torture
