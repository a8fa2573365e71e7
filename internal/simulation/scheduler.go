package simulation

import (
	"fmt"
	"iter"
	"math/rand/v2"
)

// A scheduler interleaves tasks at their calls of ports. Only one task runs at a time, and a seeded
// generator chooses the next, so that a seed always produces the same history.
type scheduler struct {
	rng   *rand.Rand
	tasks []*task
	now   *task // the task that runs
}

// A task is the work of one process. It ends by itself or is killed at a port call.
type task struct {
	name  string
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
	dead  bool
}

// killed is the panic that unwinds a killed task.
type killed struct{}

// spawn adds a task. done is called when it has ended or was killed.
func (s *scheduler) spawn(name string, work func(), done func(died bool)) {
	t := &task{name: name}
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		defer func() {
			r := recover()
			if _, ok := r.(killed); r != nil && !ok {
				panic(fmt.Sprintf("task %s: %v", t.name, r))
			}
			done(r != nil)
		}()
		work()
	})
	s.tasks = append(s.tasks, t)
}

// step runs one task up to its next port call. It returns false if there is no task.
func (s *scheduler) step() bool {
	if len(s.tasks) == 0 {
		return false
	}
	i := s.rng.IntN(len(s.tasks))
	t := s.tasks[i]
	s.now = t
	_, alive := t.next()
	s.now = nil
	if !alive {
		s.tasks[i] = s.tasks[len(s.tasks)-1]
		s.tasks = s.tasks[:len(s.tasks)-1]
	}
	return true
}

// pass is called at every port call of the running task and lets other tasks run. A killed task
// does not continue.
func (s *scheduler) pass() {
	t := s.now
	if t.dead || !t.yield(struct{}{}) {
		t.dead = true
		panic(killed{})
	}
	if t.dead {
		panic(killed{})
	}
}

// die kills the running task.
func (s *scheduler) die() {
	s.now.dead = true
	panic(killed{})
}
