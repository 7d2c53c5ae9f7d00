# except* that matches nothing: 3.11 goes on with the group itself, later versions with the copy that split() made.
# since: 3.11
class Group(ExceptionGroup):
    def derive(self, excs):
        print("derive", len(excs))
        return Group(self.message, excs)


for group in (Group("flat", [TypeError(1)]), Group("nested", [TypeError(1), Group("in", [KeyError(2), OSError(3)])])):
    try:
        try:
            raise group
        except* ValueError:
            print("never")
        except* KeyError as part:
            print("keys", part.exceptions)
    except BaseException as left:
        print(left is group, repr(left))
