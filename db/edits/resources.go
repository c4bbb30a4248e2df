package edits

import (
	"fmt"

	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// ErrOtherResource: a resource of the name is there already, but not as it was asked for.
var ErrOtherResource = errorkind.State.New("resource exists already, and is another one")

// Shape sets some of what a resource is.
type Shape func(resource *perms.Resource) error

// AddResource adds a resource: the fresh one, as shape makes it. Without shape (nil), an embedded one that is hidden comes
// back as it was built. Errors of the change: those of shape; [perms.ErrResource]; [db.ErrResourceExists]; [ErrOtherResource]
// where shape would change the one that is there.
func AddResource(fresh perms.Resource, shape Shape) model.Change {
	return func(subject *model.Subject) error {
		next := subject.Next
		built, isBuilt := perms.Store().Resource(subject.Name)
		switch {
		case next == nil && isBuilt:
			return exists(built, shape)
		case next != nil && !next.Hidden:
			return exists(next.Served(), shape)
		case next != nil && isBuilt && shape == nil:
			subject.Next = nil
			return nil
		case next == nil:
			subject.Next = &model.Object{Kind: subject.Kind, Name: subject.Name}
		}
		fresh.Name = subject.Name
		return shape.onto(subject.Next, fresh)
	}
}

// exists is the error of a resource that is there.
func exists(there perms.Resource, shape Shape) error {
	object := &model.Object{Kind: model.KindResource, Name: there.Name}
	object.Serve(there)
	asked := object.Clone()
	if err := shape.onto(asked, there); err != nil {
		return err
	}
	if differences := model.Compare(object.Record(), asked.Record()); len(differences) > 0 {
		return fmt.Errorf("%w: %s, with another %s", ErrOtherResource, there.Name, differences[0].Field)
	}
	return fmt.Errorf("%w: %s", model.ErrResourceExists, there.Name)
}

// EditResource changes a resource; an embedded one is laid over by the changed one. Errors of the change: those of shape;
// [perms.ErrResource]; [db.ErrNoResource].
func EditResource(shape Shape) model.Change {
	return func(subject *model.Subject) error {
		next := subject.Next
		built, isBuilt := perms.Store().Resource(subject.Name)
		switch {
		case next != nil && next.Hidden:
			return fmt.Errorf("%w: %s: it is hidden, and comes back when it is added", model.ErrNoResource, subject.Name)
		case next != nil:
			return shape.onto(next, next.Served())
		case !isBuilt:
			return model.Existing(nil)(subject)
		}
		laid := &model.Object{Kind: subject.Kind, Name: subject.Name}
		laid.Serve(built)
		before := laid.Record()
		if err := shape.onto(laid, built); err != nil {
			return err
		}
		if len(model.Compare(before, laid.Record())) > 0 {
			subject.Next = laid
		}
		return nil
	}
}

// RemoveResource takes a resource out of the catalogue: an embedded one, also one that was laid over, is hidden. Error of
// the change: [db.ErrNoResource].
func RemoveResource() model.Change {
	return func(subject *model.Subject) error {
		_, isBuilt := perms.Store().Resource(subject.Name)
		switch {
		case subject.Next != nil && subject.Next.Hidden:
			return fmt.Errorf("%w: %s: it is hidden already", model.ErrNoResource, subject.Name)
		case !isBuilt:
			return Remove()(subject)
		case subject.Next == nil:
			subject.Next = &model.Object{Kind: subject.Kind, Name: subject.Name}
		}
		subject.Next.Hide()
		return nil
	}
}

// onto makes an object serve a resource as the shape changes it; none changes nothing. [perms.ErrResource] where that is
// wrong in itself, whatever other resources there are.
func (s Shape) onto(object *model.Object, resource perms.Resource) error {
	if s != nil {
		if err := s(&resource); err != nil {
			return err
		}
	}
	if err := resource.Check(); err != nil {
		return err
	}
	object.Serve(resource)
	return nil
}
