# logging finds the function, line and file of its caller by walking frames.
import logging, sys
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(funcName)s %(lineno)d %(module)s %(message)s", level=10)
def work():
    logging.info("in work")
    try: 1 / 0
    except ZeroDivisionError: logging.exception("failed")
class C:
    def m(self): logging.getLogger("x").warning("method", stacklevel=1)
work()
C().m()
logging.debug("module level")
(lambda: logging.error("lambda", stacklevel=2))()
