package local

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
	"latchkey/perms/username"
	"latchkey/perms/verifiedtime"
)

// Can answers whether a user may do something.
func (p questions) Can(ctx context.Context, user string, question panel.Question) (panel.Answer, error) {
	var answer panel.Answer
	name, err := username.Canonical(user)
	if err != nil {
		return answer, err
	}
	state, err := p.stateOf(ctx, question.State)
	if err != nil {
		return answer, err
	}
	err = p.Database.Read(ctx, func(view db.View) error {
		draft, err := p.stagedIn(ctx, view, question.State.Draft)
		if err == nil {
			answer, err = p.can(ctx, view, state, name, question, draft)
		}
		return err
	})
	return answer, err
}

// can answers in one state, whose draft was read.
func (p questions) can(ctx context.Context, view db.View, state db.State, name string, question panel.Question, draft []drafts.Staged) (panel.Answer, error) {
	var answer panel.Answer
	decided := grounds{State: stateName(question.State)}
	err := ask(ctx, view, state, question, func(request perms.Request, holders *db.Holders, at verifiedtime.Time) (err error) {
		answer.State = p.askedState(question.State, holders)
		decided.Request, decided.Moment, decided.Revision = request, at.At().UTC(), holders.Revision.Number
		decided.Holder, err = holders.Find(ctx, name)
		decided.Explanation = request.Explain(decided.Holder.Rules, at)
		return err
	})
	if decided.State == "live" {
		err = stagedOnly(err, model.KindUser, name, draft)
		answer.State.Staged = concerning(decided.Holder, draft)
	}
	err = p.suggest(ctx, err, question.State.Draft, model.KindUser, name)
	answer.Decision = decisionOf(decided)
	answer.ByRules = decided.ByRules()
	return answer, err
}

// concerning is what a draft changes of a user or its roles.
func concerning(holder db.Holder, draft []drafts.Staged) []panel.StagedChange {
	labels := map[string]bool{model.Label(model.KindUser, holder.Name): true}
	for _, rule := range holder.Rules {
		labels[model.Label(model.KindRole, rule.Role)] = true
	}
	var found []panel.StagedChange
	for _, staged := range draft {
		if staged.Base == nil || !labels[model.Label(staged.Kind(), staged.Base.Name)] {
			continue
		}
		if shape, err := stagedChange(staged); err == nil {
			found = append(found, shape)
		}
	}
	return found
}

// Who lists the users who may.
func (p questions) Who(ctx context.Context, question panel.Question, all bool) panel.Answers {
	answers := panel.Answers{State: new(panel.AskedState), LeftOut: new(int64)}
	answers.Users = p.who(ctx, question, all, answers)
	return answers
}

func (p questions) who(ctx context.Context, question panel.Question, all bool, answers panel.Answers) iter.Seq2[panel.Permitted, error] {
	return func(yield func(panel.Permitted, error) bool) {
		asked, err := p.stateOf(ctx, question.State)
		if err == nil {
			err = ask(ctx, p.Database.View, asked, question, func(request perms.Request, holders *db.Holders, at verifiedtime.Time) error {
				*answers.State = p.askedState(question.State, holders)
				if request.Anyone && !yield(panel.Permitted{Name: "anyone", Anyone: true}, nil) {
					return errStop
				}
				return holders.Each(ctx, func(holder db.Holder) error {
					permitted, may := permitted(holder, request, at)
					switch {
					case !may:
					case !all && !holder.Enabled:
						*answers.LeftOut++
					case !yield(permitted, nil):
						return errStop
					}
					return nil
				})
			})
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(panel.Permitted{}, err)
		}
	}
}

func permitted(holder db.Holder, request perms.Request, at verifiedtime.Time) (panel.Permitted, bool) {
	decision := request.Decide(holder.Rules, at)
	shape := panel.Permitted{Name: holder.Name, APIAccess: holder.Enabled}
	if decision.Rule != nil {
		shape.Rule = new(heldRuleOf(*decision.Rule))
		shape.Until = orNoTime(perms.ChangesAt(holder.Rules, request.Permission, at))
	}
	return shape, decision.Allowed
}

// stateOf is the state that a question is about, unless the operator may not look at it.
func (p questions) stateOf(ctx context.Context, asked panel.State) (db.State, error) {
	err := errors.Join(checkDraft(asked.Draft), p.mayView(ctx, viewUsers))
	switch {
	case asked.Revision != nil:
		return db.AsOf(*asked.Revision), errors.Join(err, p.mayView(ctx, viewRevisions))
	case asked.Staged:
		return db.StagedBy(p.draft(asked.Draft)), err
	}
	return db.State{}, err
}

// ask runs work on the users of a state, at its moment.
func ask(ctx context.Context, view db.View, state db.State, question panel.Question,
	work func(request perms.Request, holders *db.Holders, at verifiedtime.Time) error) error {
	return view.Holders(ctx, state, func(holders *db.Holders) error {
		request, err := requestOf(question, holders.Catalogue)
		if err != nil {
			return err
		}
		return work(request, holders, holders.Now)
	})
}

func stateName(state panel.State) string {
	switch {
	case state.Staged:
		return "staged"
	case state.Revision != nil:
		return "revision"
	}
	return "live"
}

func (p questions) askedState(asked panel.State, holders *db.Holders) panel.AskedState {
	state := panel.AskedState{ClockBehind: ClockBehindOf(holders.Now, p.Clock())}
	if asked.Revision != nil && holders.Revision.Number > 0 {
		state.Revision = new(loggedOf(holders.Revision))
	}
	for _, staged := range holders.Staged {
		if shape, err := stagedChange(staged); err == nil {
			state.Staged = append(state.Staged, shape)
		}
	}
	return state
}

// requestOf finds the request type that a question is about.
func requestOf(question panel.Question, catalogue *perms.Catalogue) (perms.Request, error) {
	if question.Permission != nil {
		return perms.Request{Permission: *question.Permission}, edits.Known(catalogue, *question.Permission)
	}
	host, path, err := requestPath(question.Path)
	if err != nil {
		return perms.Request{}, err
	}
	method := strings.ToUpper(question.Method)
	route, err := catalogue.Route(method, host, path)
	switch {
	case errors.Is(err, perms.ErrNoRoute):
		return perms.Request{}, noRoute(method, path, catalogue)
	case errors.Is(err, perms.ErrNotImplemented):
		return perms.Request{}, fmt.Errorf("%s %s: %w; the path has %s", method, path, err, strings.Join(catalogue.Allow(host, path), ", "))
	case err != nil:
		return perms.Request{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return route.Request, nil
}

// requestPath is the host and the decoded path of what somebody copied: a path, or a whole URL. The query does not matter.
func requestPath(text string) (host, path string, err error) {
	text, _, _ = strings.Cut(text, "#")
	parsed, err := url.ParseRequestURI(text)
	if err == nil && (parsed.Scheme == "" || (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != "") {
		if perms.HidesSlash(parsed) {
			err = fmt.Errorf("%s: %w", text, perms.ErrNoRoute)
		}
		return parsed.Host, parsed.Path, err
	}
	return "", "", fmt.Errorf("%q %w: write it as in a request, like %s/orders or https://HOST%[3]s/orders", text, panel.ErrPath, perms.BasePath)
}

// noRoute says that there is nothing at a path, and what was probably meant.
func noRoute(method, path string, catalogue *perms.Catalogue) error {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if _, notNumber := strconv.ParseInt(segment, 10, 64); notNumber == nil {
			segments[i] = "{id}"
		}
	}
	var paths []string
	for _, resource := range catalogue.Resources() {
		for _, request := range resource.Requests {
			paths = append(paths, resource.RequestPath(request))
		}
	}
	slices.Sort(paths)
	err := fmt.Errorf("%s %s: %w", method, path, perms.ErrNoRoute)
	return errorkind.Suggest(err, errorkind.Nearest(strings.Join(segments, "/"), slices.Compact(paths)))
}
