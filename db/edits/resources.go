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
// back as it was built. Errors of the change: those of shape; [perms.ErrResource]; [model.ErrResourceExists]; [ErrOtherResource]
// where shape would change the one that is there.
func AddResource(fresh perms.Resource, shape Shape) model.Change {
	return func(target *model.Target) error {
		next := target.Next
		built, isBuilt := target.Settings.Embedded().Resource(target.Name)
		switch {
		case next == nil && isBuilt:
			return exists(built, shape)
		case next != nil && !next.Hidden:
			return exists(next.Served(), shape)
		case next != nil && isBuilt && shape == nil:
			target.Next = nil
			return nil
		case next == nil:
			target.Next = &model.Object{Kind: target.Kind, Name: target.Name}
		}
		fresh.Name = target.Name
		return shape.onto(target.Next, fresh)
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
// [perms.ErrResource]; [model.ErrNoResource].
func EditResource(shape Shape) model.Change {
	return func(target *model.Target) error {
		next := target.Next
		built, isBuilt := target.Settings.Embedded().Resource(target.Name)
		switch {
		case next != nil && next.Hidden:
			return fmt.Errorf("%w: %s: it is hidden, and comes back when it is added", model.ErrNoResource, target.Name)
		case next != nil:
			return shape.onto(next, next.Served())
		case !isBuilt:
			return model.Existing(nil)(target)
		}
		laid := &model.Object{Kind: target.Kind, Name: target.Name}
		laid.Serve(built)
		before := laid.Record()
		if err := shape.onto(laid, built); err != nil {
			return err
		}
		if len(model.Compare(before, laid.Record())) > 0 {
			target.Next = laid
		}
		return nil
	}
}

// RemoveResource takes a resource out of the catalogue: an embedded one, also one that was laid over, is hidden. Error of
// the change: [model.ErrNoResource].
func RemoveResource() model.Change {
	return func(target *model.Target) error {
		_, isBuilt := target.Settings.Embedded().Resource(target.Name)
		switch {
		case target.Next != nil && target.Next.Hidden:
			return fmt.Errorf("%w: %s: it is hidden already", model.ErrNoResource, target.Name)
		case !isBuilt:
			return Remove()(target)
		case target.Next == nil:
			target.Next = &model.Object{Kind: target.Kind, Name: target.Name}
		}
		target.Next.Hide()
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
