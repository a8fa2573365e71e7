package simulation

import (
	"fmt"
	"iter"
	"math/rand/v2"
)

// A scheduler interleaves tasks at their calls to ports. Only one task runs at any moment, and a seeded generator decides
// which goes on, so that a seed always gives the same history.
type scheduler struct {
	rng   *rand.Rand
	tasks []*task
	now   *task // the task that runs
}

// A task is one process's piece of work. It dies at a port call, or ends.
type task struct {
	name  string
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
	dead  bool
}

// killed unwinds a task that died.
type killed struct{}

// spawn adds a task; done is called when it has ended by itself or died.
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

// step lets one task go on to its next port call. It reports false when there is none.
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

// pass is called at every port call of the running task: it lets others run. A dead task gets no further.
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

// die kills the running task where it stands.
func (s *scheduler) die() {
	s.now.dead = true
	panic(killed{})
}
